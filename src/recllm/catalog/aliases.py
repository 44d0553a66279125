"""What people call things that catalogues call otherwise: genres, moods, peoples, languages.

Each alias lists alternatives; those that the catalogue's own vocabulary holds are used.
"""

from __future__ import annotations

_GENRES = """
sci fi, scifi, sf, science-fiction, sci-fi = science fiction, sci fi
rom com, romcom, romantic comedy, romantic comedies = romantic comedy, romance + comedy
dramedy = comedy + drama
whodunnit, murder mystery, murder mysteries = whodunit, murder mystery, mystery
film noir, noirs, noir = noir, film noir
cartoon, cartoons, animated, anime = animation, animated, anime
scary, spooky, frightening, horrifying = scary, horror
creepy = creepy, eerie, scary, horror
funny, hilarious, laugh, comic, humorous, humor, humour, make me laugh, laughs = funny, comedy, humor, humour
docs, doc, docu, documentary film, documentaries = documentary
biopic, biopics, biographical = biography, biopic
action packed = action
actioner = action
cowboy, cowboys = western
musicals, singing, songs = musical, music
historical, period piece, period drama, costume drama = history, historical
kids, kid, children, child, for children, for kids, little ones, toddler, toddlers = for young children, family viewing, family, children, kids
family friendly, whole family, the family = family viewing, family
romantic, love story, love stories, romances = romantic, romance, love
suspense, suspenseful, nail biting, edge of my seat, gripping = suspenseful, tense, suspense, thriller
thrilling, exciting, adrenaline = thriller, fast-paced, action
war movies, wars = war
spy, espionage, secret agent = spies, spy, espionage
mafia, mob, mobster, gangster = gangsters, gangster, mafia, crime
murder, killer, serial killers = serial killer, murder, crime
robbery, bank robbery, heists, caper = heist
sports = sport, sports
superheroes, super hero, superhero movies, comic book = superhero, superheroes
space, outer space, spaceship, spaceships, astronaut, astronauts, space station = space
robot, androids, android = robots, robot, artificial intelligence, ai
ai = artificial intelligence, ai
extraterrestrial, alien = aliens, alien
time loops = time loop
vampire = vampires
zombie = zombies
ghost, haunted, haunting = ghosts, ghost, haunted house
monster = monsters
witches, wizards, wizard, witch = magic
dog = dogs
animal = animals, animal
trippy, weird, strange, bizarre = surreal, quirky, dreamlike, weird
odd, offbeat = quirky, offbeat
mind bending, mindbending, mind blowing, brain twister, mindfuck, makes me think, make me think, thinky, cerebral = thought-provoking, mind-bending, twist ending
thought provoking = thought-provoking
plot twist, plot twists, twist, twists, twisty = twist ending
sad, cry, weepy, tearjerker, tear jerker, make me cry, heartbreaking = tear-jerker, melancholy, tragic, sad
depressing, grim, dreary, downer = bleak, tragic, dark, depressing
feelgood, feel good, happy, cheerful, cheer me up, cheery, light, lighthearted, light hearted, upbeat, easy watch, comforting, comfort = feel-good, heartwarming, charming
wholesome, sweet, heart warming, cute = heartwarming, charming, gentle, feel-good
cozy, cosy = cosy, cozy, gentle
uplifting, inspirational, motivational, motivating = inspiring, uplifting, inspirational
slow, slow burner, slow paced, slow burn, meditative, contemplative = slow-burn, meditative
quick, fast paced, fast, pacy = fast-paced
violent, violence, brutal = violent, violence
bloody, blood, gore, gruesome = gory, gore, violent
artsy, arthouse, art house = art house, minimalist, dreamlike
beautiful, gorgeous, stunning, beautifully shot, visually stunning, cinematography = visually stunning
black and white, b and w, monochrome = black and white
claustrophobic, one location = single location
ensemble = ensemble cast
smart, clever, intelligent = witty, thought-provoking, clever
satire, satirical = satirical, satire
dark humor, dark humour, dark comedy, black comedy = dark comedy, satirical, dark + comedy
coming of age, growing up, teenage, teen, teens, teenagers = coming-of-age, teen
true stories, based on true events, real story, real life, based on a true story, true crime = true story
gay, lesbian, queer, lgbt, lgbtq, lgbtqia = lgbtq
feminism, strong female lead, strong women, female lead, strong female = feminist
friends = friendship
brothers, sisters, sibling = siblings
fathers, fathers and sons = fatherhood
mothers, mothers and daughters = motherhood
elderly, old people, aging, ageing = old age
cooking, food, chef, chefs, restaurant = food, cooking
trial, lawyer, lawyers, court = courtroom
jail = prison
silent film, silent films = silent
christmas movie, xmas = christmas
end of the world, apocalypse, apocalyptic = post-apocalyptic
dystopian = dystopia
classic = classic, classics
psychological = psychological, obsession
tech = technology
climate, global warming = climate change
brain, neuroscience = brain
happiness = happiness
maths, mathematics = math
medical, medicine, health care = medicine, health
fantasies, fantastical = fantasy
ya, young adult = young-adult
"""

_PEOPLES = """
american, us, usa, hollywood = united states, usa, us, united states of america
british, english made, uk = united kingdom, uk, great britain
english = english, eng
french = france, french
german = germany, german
italian = italy, italian
spanish = spain, spanish
japanese = japan, japanese
korean, south korean = south korea, korea, korean
chinese = china, chinese, mandarin
mandarin = mandarin
cantonese, hong kong = hong kong, cantonese
taiwanese = taiwan
indian, bollywood = india, hindi
hindi = hindi
iranian, persian, farsi = iran, persian, farsi
turkish = turkey, turkish
russian, soviet = russia, soviet union, russian
polish = poland, polish
czech = czech republic, czechoslovakia, czechia, czech
hungarian = hungary, hungarian
romanian = romania, romanian
danish = denmark, danish
swedish = sweden, swedish
norwegian = norway, norwegian
finnish = finland, finnish
icelandic = iceland, icelandic
scandinavian, nordic = sweden, denmark, norway, finland, iceland
dutch = netherlands, dutch
belgian = belgium
swiss = switzerland
austrian = austria
irish = ireland, irish
scottish = scotland
australian, aussie = australia
new zealand, kiwi = new zealand
canadian = canada
mexican = mexico
brazilian = brazil
portuguese = portugal, portuguese, brazil
argentinian, argentine = argentina
chilean = chile
colombian = colombia
cuban = cuba
latin american, south american = argentina, brazil, chile, colombia, peru, mexico, uruguay
greek = greece, greek
israeli = israel
hebrew = hebrew
arab, arabic = arabic, egypt, lebanon, tunisia, morocco, saudi arabia
egyptian = egypt
african = senegal, mali, nigeria, south africa, kenya, ghana, cameroon, burkina faso, chad, ethiopia, zambia, mauritania
senegalese = senegal
nigerian = nigeria
south african = south africa
thai = thailand, thai
vietnamese = vietnam, vietnamese
indonesian = indonesia
filipino = philippines
georgian = georgia, georgian
ukrainian = ukraine, ukrainian
asian = japan, south korea, china, hong kong, taiwan, india, thailand, vietnam, indonesia
european = france, germany, italy, spain, united kingdom, poland, sweden, denmark, norway, finland, hungary, romania, czechoslovakia, greece, portugal, netherlands, belgium, austria, ireland, switzerland, iceland
"""

Alternatives = tuple[tuple[str, ...], ...]
"""Alternatives in order; each is one or several words that must all be wished for."""


def _table(text: str) -> dict[str, Alternatives]:
    table: dict[str, Alternatives] = {}
    for line in text.strip().splitlines():
        said, meant = line.split(" = ")
        options = tuple(tuple(p.strip() for p in m.split(" + ")) for m in meant.split(", "))
        for alias in said.split(", "):
            table[alias.replace("-", " ")] = options
    return table


GENRES = _table(_GENRES)
PEOPLES = _table(_PEOPLES)
"""Adjectives of peoples and regions; every alternative that the catalogue holds counts."""
