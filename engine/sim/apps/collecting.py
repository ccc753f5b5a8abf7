"""Applications that collect digits: play_and_get_digits, read, start_dtmf and friends (switch_ivr_play_say.c)."""

from __future__ import annotations

import re
from enum import Enum

from engine.sim.dialstring import split_words
from engine.sim.playing import Ended, play_all
from engine.sim.registry import application
from engine.sim.session import Session
from engine.sim.transfer import transfer

_LONGEST = 128
_SHORTEST_TIMEOUT = 1000


class Result(Enum):
    """How reading digits ended."""

    SUCCESS = "success"
    TIMEOUT = "timeout"
    FAILURE = "failure"
    RESTART = "restart"


class Reading:
    """One pass of prompt and digits (switch_ivr_read)."""

    def __init__(
        self, session: Session, least: int, most: int, timeout: int, terminators: str, digit_timeout: int
    ) -> None:
        self._session = session
        self._least = least
        self._most = max(most, least)
        self._timeout = timeout
        self._terminators = terminators
        self._digit_timeout = digit_timeout or timeout
        self.digits = ""
        self._terminator = ""

    def run(self, prompt: str, variable: str) -> Result:
        """Play, read, and set `read_result`, `read_terminator_used` and the variable."""
        session, channel = self._session, self._session.channel
        channel.set("read_result", None)
        channel.set("read_terminator_used", None)
        if variable:
            channel.set(variable, None)
        if session.endpoint is None or not session.endpoint.pre_answer():
            return Result.FAILURE
        result = Result.SUCCESS
        lost = False
        if prompt and prompt.lower() != "silence":
            lost = play_all(session, prompt, self._first) in (Ended.LOST, Ended.NOT_FOUND)
        if not lost:
            if len(self.digits) < self._most:
                result = self._collect()
            result = self._judge(result)
            channel.set("read_result", result.value if result is not Result.RESTART else "failure")
        else:
            result = Result.FAILURE
        self._forget_lone_terminator(result)
        if variable and self.digits:
            channel.set(variable, self.digits)
        return result

    def _first(self, digit: str) -> bool:
        self.digits += digit
        return True

    def _collect(self) -> Result:
        session = self._session
        for at, digit in enumerate(self.digits):
            if digit in self._terminators:
                self._terminator, self.digits = digit, self.digits[:at]
                return Result.SUCCESS
        pause = (self._digit_timeout if self.digits else self._timeout) / 1000
        deadline = session.core.now() + pause
        while session.channel.ready:
            session.run_messages()
            left = deadline - session.core.now()
            if left <= 0:
                return Result.TIMEOUT
            if not session.digits:
                session.wait(left)
                continue
            deadline = session.core.now() + self._digit_timeout / 1000
            digit = session.take_digit() or ""
            if digit in self._terminators:
                self._terminator = digit
                return Result.SUCCESS
            self.digits += digit
            if len(self.digits) >= self._most:
                return Result.SUCCESS
        return Result.FAILURE

    def _judge(self, result: Result) -> Result:
        if self._terminator:
            self._session.channel.set("read_terminator_used", self._terminator)
            at = self._terminators.find(self._terminator)
            mark = self._terminators[at - 1] if at > 0 else ""
            # A plus before a terminator keeps it in the digits, an x keeps it and ends everything.
            if mark in ("+", "x") and mark:
                self.digits += self._terminator
                if mark == "x":
                    result = Result.RESTART
        elif self._terminators.startswith("="):
            result = Result.FAILURE
        if len(self.digits) < self._least and result is not Result.RESTART:
            result = Result.FAILURE
        return result

    def _forget_lone_terminator(self, result: Result) -> None:
        lone = self._most == 1 and len(self.digits) == 1 and self.digits in self._terminators
        if lone and result is not Result.RESTART:
            self.digits = ""


@application("play_and_get_digits")
def play_and_get_digits(session: Session, argument: str) -> None:
    """`min max tries timeout terminators file invalid_file var regex [digit_timeout ['exten dialplan context']]`."""
    words = split_words(argument, 11)
    channel = session.channel
    if len(words) < 9:
        # FreeSWITCH takes what is there; without a file there is nothing to play and the digits go nowhere.
        words += [""] * (9 - len(words))
    least, most, tries, timeout = (_number(word) for word in words[:4])
    terminators = words[4] or "#"
    prompt, invalid, variable, regex = words[5:9]
    digit_timeout = _number(words[9]) if len(words) > 9 else 0
    on_failure = words[10] if len(words) > 10 else ""
    timeout = max(timeout, _SHORTEST_TIMEOUT)
    if min(max(most, least), _LONGEST) != max(most, least):
        return
    if regex and variable:
        channel.set(f"{variable}_invalid", None)
    while channel.ready and tries > 0:
        reading = Reading(session, least, most, timeout, terminators, digit_timeout)
        result = reading.run(prompt, variable)
        digits = reading.digits
        if result is Result.RESTART:
            return
        if result is Result.TIMEOUT and len(digits) >= least:
            result = Result.SUCCESS
        if not least and not digits and channel.get("read_terminator_used") is not None:
            return
        if result is Result.SUCCESS and digits:
            if not regex or _matches(regex, digits):
                return
            channel.set(variable, None)
            if variable:
                channel.set(f"{variable}_invalid", digits)
        if not channel.ready:
            break
        if invalid:
            play_all(session, invalid, None)
        tries -= 1
    if on_failure and channel.ready:
        given = on_failure.split()
        dialplan = given[1] if len(given) > 1 else "XML"
        transfer(session, given[0], dialplan, given[2] if len(given) > 2 else "default")


@application("read")
def read(session: Session, argument: str) -> None:
    """`min max file var timeout terminators [digit_timeout]`."""
    words = split_words(argument, 7)
    if len(words) < 2:
        return
    words += [""] * (7 - len(words))
    timeout = _number(words[4]) or 1000
    terminators = words[5] or "#"
    reading = Reading(
        session, _number(words[0]), _number(words[1]), max(timeout, _SHORTEST_TIMEOUT), terminators, _number(words[6])
    )
    reading.run(words[2], words[3])


@application("flush_dtmf")
def flush_dtmf(session: Session, _argument: str) -> None:
    """Forget the digits nobody has read yet."""
    session.digits.clear()


@application("start_dtmf", "stop_dtmf", "start_dtmf_generate", "stop_dtmf_generate")
def inband_dtmf(_session: Session, _argument: str) -> None:
    """Detection and generation of tones in the audio; every leg here sends telephone events, so nothing to do."""


def _number(text: str) -> int:
    match = re.match(r"\s*\+?(\d+)", text)
    return int(match.group(1)) if match else 0


def _matches(regex: str, digits: str) -> bool:
    try:
        return re.search(regex, digits) is not None
    except re.error:
        return False
