"""What kind of move a message makes, as far as fixed phrases tell: greeting, thanks, rejection, ..."""

from __future__ import annotations

import re
from enum import StrEnum


class Move(StrEnum):
    """The moves that code recognises; WISH is whatever looks for something."""

    GREET = "greet"
    THANK = "thank"
    BYE = "bye"
    ACCEPT = "accept"
    HELP = "help"
    SMALL_TALK = "small talk"
    INSULT = "insult"
    WHY = "why"
    QUESTION = "question"
    COMPARE = "compare"
    CATALOG = "catalog"
    REJECT = "reject"
    MORE = "more"
    VAGUE = "vague"
    SURPRISE = "surprise"
    REMARK = "remark"
    OFF_TOPIC = "off topic"
    WISH = "wish"


_OPENER = r"^\W*(?:(?:oh|ah|ok(?:ay)?|well|hmm+|um+|so|great|cool|nice|wow|lol|haha|right|alright|yeah|yes|yep|sure|fine|good)[\s,.!]*)*"
_END = r"[\s.!?)(:~🙂😀👍❤️]*$"

_PATTERNS: tuple[tuple[Move, str], ...] = (
    (Move.WHY, r"\bwhy (?:did|do|would|are|is|was|this|that|these|those|the|number|#|\d|should|him|her|me)\b(?!n)|^\W*(?:but |and |ok |so )?why(?: (?:that|this|those|these|it))?(?: one)?\W*$|\bwhat makes (?:you|it|that|this|them)\b|\breason(?:s|ing)? (?:for|behind)\b|\bexplain (?:your|that|this|the|why|number)\b|\bhow come\b|\bwhy['’]d you\b"),
    (Move.GREET, _OPENER + r"(?:hi+|hello+|hey+|hiya|howdy|yo|sup|good (?:morning|evening|afternoon|day)|greetings|hola|bonjour)(?: there| again| you| friend| mate| bot| everyone)?" + _END),
    (Move.THANK, _OPENER + r"(?:thanks?|thank you|thx|ty|cheers|much appreciated|appreciate it|many thanks|ta)\b(?:[\s,]*(?:so much|a lot|very much|again|for (?:the |your )?(?:help|tips?|suggestions?|recommendations?|that|this)|mate|man|that['’]?s? (?:helpful|great|perfect|all i needed)|you['’]?(?:re| are) (?:great|the best|awesome)|perfect|great|that helps|that was helpful)[\s,!]*)*" + _END),
    (Move.BYE, _OPENER + r"(?:(?:thanks?|thank you)[\s,.!]*)?(?:good ?bye|bye+(?: bye)?|see (?:you|ya)(?: later| soon)?|good ?night|that['’]?s all(?: for (?:now|today))?|that is all|i['’]?m (?:done|off|good now|all set)|gotta go|have to go|talk (?:to you )?later|take care|farewell|cya|later)(?:[\s,.!]*(?:thanks?|thank you|for now|then|everyone))*" + _END),
    (Move.ACCEPT, r"\b(?:i['’]?ll|i will|let['’]?s|we['’]?ll|gonna|going to|i['’]?m going to|think i['’]?ll|i would like to|i['’]?d like to)\s+(?:definitely |probably |just |go and |give )?(?:watch|take|try|go (?:with|for)|see|read|pick|choose|get|rent|buy|give|start with|check)\b(?!\s+(?:something|a|an|some|anything|one\b(?! i)))|\bgive (?:it|that|this) a (?:try|go|watch|shot)\b|\bsold\b\W*$"),
    (Move.ACCEPT, _OPENER + r"(?:(?:that|this|it|the \w+ one)(?:['’]?s| is| sounds| looks| seems)?\s*)?(?:sounds? |looks? |seems? )?(?:really |very |absolutely |just )?(?:perfect|great|good|awesome|excellent|wonderful|brilliant|fantastic|lovely|interesting|cool|nice)(?:\s*(?:choice|pick|idea|one|suggestions?|recommendations?|to me|thanks?|thank you|exactly what i (?:wanted|needed)))*[,\s]*(?:thanks?|thank you)?" + _END),
    (Move.HELP, r"\bwhat can you (?:do|help)|\bhow does this work|\bwhat are you(?: able|\?|$)|\bwho are you\b|\bwhat do you do\b|^\W*help\W*$|\bare you (?:a |an )?(?:robot|bot|human|ai|real|person|computer)\b|\bwhat(?:['’]s| is) your name\b|\bhow do you work\b|\bwhat (?:is|are) recllm\b"),
    (Move.INSULT, r"\b(?:you(?:['’]re| are|r)?|this is|that['’]?s|that is|ur)\s+(?:so |really |such a |a |an |fucking |totally |completely |all |pretty )*(?:useless|stupid|dumb|idiot|terrible|awful|rubbish|garbage|crap|shit|trash|moron|pathetic|worthless|bad at this|the worst|annoying)|\b(?:fuck (?:you|off|this)|shut up|screw you|you suck|this sucks|wtf)\b"),
    (Move.SMALL_TALK, r"\bhow are (?:you|things)\b|\bhow(?:['’]s| is) (?:it going|life|your day|everything)|\bwhat['’]?s up\b|\btell me a joke\b|\bdo you (?:like|enjoy|love|watch|read|have (?:a )?favou?rites?|dream|sleep|eat|feel)\b|\bhow was your\b|\bnice to meet you\b|\bi['’]?m (?:so )?(?:tired|exhausted|happy|sad|lonely|hungry|sick|stressed|fine|good|okay|ok)\b\W*$|\b(?:long|hard|rough|bad|good|great|terrible) (?:day|week)\b[^?]*$|\bit['’]?s (?:raining|snowing|cold|hot|late|friday|monday|sunday|saturday)\b[^?]*$|\bmy (?:birthday|name is)\b|^\W*(?:(?:lol|haha+|hehe|ok(?:ay)?|cool|nice|i see|got it|right|sure|hmm+|wow|interesting|why not|fine|k|alright|yes|yeah|yep|really)\W*)+$|\bwhat(?:['’]s| is) your favou?rite\b|\bi love you\b|\bmarry me\b"),
    (Move.CATALOG, r"\bhow many (?:\w+ )?(?:films?|movies?|books?|talks?|items?|titles?|things|products?|games?)\b(?! did| has| have (?:you )?(?:seen|watched))|\bwhat (?:genres?|categories|tags?|topics?|kinds?(?: of \w+)?|languages?|countries) (?:do|are|can|have)\b|\bwhat do you have\b\W*$|\bwhat(?:['’]s| is) in (?:the|your) catalog"),
    (Move.SURPRISE, r"\bsurprise me\b|\bdealer['’]?s choice\b|\byou (?:choose|decide|pick)\b|\banything(?: is fine|['’]?s fine| goes| will do|['’]ll do| works)\b|^\W*(?:anything|whatever|any|random|i don['’]?t (?:care|mind)|no preference|doesn['’]?t matter|don['’]?t care|up to you|i['’]?m easy|i['’]?m open(?: to anything)?|idk|i don['’]?t know|not sure|dunno|no idea)(?:[\s,]*(?:really|just|surprise me|you (?:choose|decide|pick)|anything))*" + _END + r"|\b(?:something|pick one|one) (?:at )?random\b"),
    (Move.REJECT, _OPENER + r"(?:no+|nope|nah|not (?:that|this|these|those|it|really|for me|my thing|interested|quite|what i (?:want|wanted|meant|asked for))(?: one| ones)?|none of (?:these|those|them)|neither(?: of (?:them|these))?|i (?:don['’]?t|do not) (?:like|want|fancy) (?:any of )?(?:it|that|this|these|those|them|any)(?: one| ones)?|hate (?:it|them|these|those))(?:[\s,]*(?:thanks?|thank you|please|sorry|either|at all|really))*" + _END),
    (Move.REJECT, r"\b(?:seen|watched|read|saw|know) (?:it|that|this|them|these|those|all(?: of)?(?: them| these| those)?|both)\b(?: already| before)?|\balready (?:seen|watched|read|own)\b|\bnot (?:the|number|that|this) (?:\w+ )?(?:one|film|movie|book|talk)\b|\b(?:don['’]?t|do not) (?:like|want|fancy) (?:the|number|that|this)\b|\bnone of (?:them|these|those)\b|\bnot (?:that|those|these|this) one|\bneither\b"),
    (Move.MORE, _OPENER + r"(?:(?:show|give|tell|find) me (?:some |a few )?(?:more|others?|another(?: one)?)|more|more please|what else(?: (?:have you got|do you have|is there|you got))?|anything else|something else|others?|any others?|any more|next|another(?: one)?|other (?:options?|ones|suggestions?|ideas?)|different ones?|try again|again|keep going|go on|else)(?:[\s,]*(?:please|thanks|then|maybe))*" + _END),
    (Move.OFF_TOPIC, r"\bweather\b|\bwrite (?:me )?(?:a|an|some) (?:poem|essay|code|story|song|email|letter|program)|\bwhat(?:['’]s| is) (?:\d+|the (?:capital|time|date|meaning of life|square root))|\bwho (?:is|was) (?:the )?(?:president|prime minister|king|queen|pope)\b|\bhow do i (?!find|use)|\btranslate\b|\bignore (?:all |your |the )?(?:previous |prior )?instructions|\bsystem prompt\b|\bstock (?:price|market)|\b(?:python|javascript) (?:code|script)|\bsolve\b|\bcalculate\b|\bnews\b.*\?|\bfootball score|\bwho won\b|\brecipe for\b"),
)  # fmt: skip
_COMPILED = tuple((move, re.compile(pattern, re.IGNORECASE)) for move, pattern in _PATTERNS)

_WISH = re.compile(
    r"\b(?:want|looking for|look for|searching for|something|anything|recommend\w*|suggest\w*|find|show me|give me|mood for|feel like|feeling like|need|"
    r"fancy|in the mood|watch|read|listen|prefer|rather|how about|what about|similar|like|more of|less|instead|any|do you have|got any|have you got|"
    r"with|without|no more|not|but|only|make it|could you|can you|help me (?:find|pick|choose)|please|shorter|longer|older|newer|from|set in|about|by|in)\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    _OPENER
    + r"(?:hi|hello|hey)?[\s,!.]*(?:please )?(?:(?:can|could|would) you |i (?:want|need|would like|['’]?d like|am looking for|feel like)(?: to)?|i['’]?m (?:looking for|bored|in the mood for|after)|help me|any|got any|have you got|do you have|what|give me|show me|find me|recommend|suggest|looking for|let['’]?s)[\s\w'’]*$"
    r"|\b(?:don['’]?t know|dunno|no idea|not sure|can['’]?t decide|unsure) what (?:to|i|we)\b|\bwhat (?:should|shall|can|could|do) (?:i|we) (?:watch|read|see|listen|try|get)\b|^\W*i['’]?m bored\W*$",
    re.IGNORECASE,
)
_FRESH = re.compile(
    r"\b(?:forget (?:that|it|all that|about|the|what)|never ?mind|start (?:over|again|fresh)|new topic|change of (?:topic|plan|subject|mood)|changed? my mind|"
    r"something (?:completely|totally|entirely|very|quite) (?:different|else)|on second thoughts?|scrap that|different (?:question|request|topic)|let['’]?s (?:try|do|switch to) something else|reset|now (?:for )?something (?:else|different)|"
    r"a different (?:kind|sort|direction)|actually,? (?:i (?:want|need|fancy|feel like|['’]?d (?:like|rather|prefer))|let['’]?s|can we|make that|how about))\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\b(?:i['’]?m (?:looking for|in the mood for|after)|i(?:['’]?d| would)? (?:want|like|need|feel like|fancy)(?: to (?:watch|read|see|find|hear))?|(?:can|could) you (?:recommend|suggest|find)|recommend|suggest|find me|give me|show me|looking for|(?:do you have|have you got|got any|is there|are there)(?: anything| any| something| a| an)?)\b",
    re.IGNORECASE,
)


def read_move(message: str) -> Move | None:
    """Return the move that a fixed phrase makes, or None where the content must tell."""
    for move, pattern in _COMPILED:
        if pattern.search(message):
            return move
    return None


def sounds_like_wish(message: str) -> bool:
    """Whether the wording asks for something, whatever that is."""
    return bool(_WISH.search(message))


def is_vague(message: str) -> bool:
    """Whether the message asks for a recommendation in words that carry no wish of their own."""
    return bool(_VAGUE.search(message))


def is_fresh(message: str) -> bool:
    """Whether the message drops what was wanted before."""
    return bool(_FRESH.search(message))


def is_request(message: str) -> bool:
    """Whether the message is a whole request, as opposed to a change of one."""
    return bool(_REQUEST.search(message))
