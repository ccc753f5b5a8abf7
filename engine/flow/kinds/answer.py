"""The step `answer`."""

from typing import ClassVar

from engine.core.effects import AnswerLeg
from engine.core.steps import Step
from engine.flow.fields import TargetValue
from engine.flow.kind import Kind
from engine.flow.view import View


class Answer(Kind):
    """Answer the call. With `early_media` the caller hears the flow before the call is answered, and is not charged.

    ```yaml
    - answer:
    - answer: {early_media: true}
    ```
    """

    word: ClassVar[str] = "answer"
    media: ClassVar[bool] = True

    early_media: bool = False

    def run(self, view: View) -> Step[TargetValue | None]:
        """Answer unless it is done already."""
        yield from ()
        if view.answered:
            return None
        view.do(AnswerLeg(view.leg, early_media=self.early_media))
        if not self.early_media:
            view.answer_sent()
        return None
