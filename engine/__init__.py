"""Switchboard: a call-control engine for FreeSWITCH.

Read the packages from the bottom up; imports only ever point down.

- `core`   the words everything else is written in: signals, effects, events, prompts, errors
- `esl`    FreeSWITCH's event socket as bytes in and values out; the only room that knows its names
- `flow`   the YAML language: documents, checks, expressions, calendars, and one file per step kind
- `call`   one call as a machine: signals in, effects and events out; its journal
- `config` the settings of one installation
- `tts`    text to speech, one file per provider
- `shell`  the world: sockets, greenlets, Redis, HTTP, child processes, clocks
- `sim`    a simulated FreeSWITCH for tests, demos and authors
- `cli`    the `switchboard` command
"""

__version__ = "0.1.0"
