"""Run as a program: serves one GGUF model with llama.cpp on loopback until stdin closes.

It is a program of its own because, inside the calling process, loading the model holds Python's
lock for as long as it takes (seconds, during which an event loop stands still), and because an
assertion that fails in llama.cpp ends the process it is in.

Standard input: one line of JSON (:class:`recllm.llm.llama.LlamaServer` writes it), then nothing
until the end. Standard output: one line of JSON with the address.
"""

import json
import os
import sys
from typing import Any


def serve(settings: dict[str, Any]) -> Any:
    """Load the model and return its server, which answers from threads of its own."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["key"]]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = False
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["slots"] * settings["context"]
    params.cache_ram_mib = 256
    params.cpuparams.n_threads = settings["writers"]
    params.cpuparams_batch.n_threads = settings["readers"]
    # Fitting measures free device memory, which takes longer than loading so small a model.
    params.fit_params = False
    params.warmup = False
    params.verbosity = 1
    if settings["adapter"]:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(settings["adapter"], 1.0)]
    server = xllamacpp.Server(params)
    server.handle_completions({"prompt": "Hello", "max_tokens": 1})
    return server


def main() -> None:
    """Serve until whoever started this closes our standard input or ends."""
    server = serve(json.loads(sys.stdin.readline()))
    print(json.dumps({"url": server.listening_address}), flush=True)
    sys.stdin.read()
    # The destructor of the server can wait for ever; the operating system does not.
    os._exit(0)


if __name__ == "__main__":
    main()
