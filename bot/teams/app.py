"""The Teams app: every kind of activity over one store."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable

from bot.chat.members import PATIENCE
from bot.teams import message_extension
from bot.teams.activity import Turn
from bot.teams.bot import FACE, Answering
from bot.teams.card_action import pressed
from bot.teams.connector import Connector
from bot.teams.conversation_update import met
from bot.teams.dialogs import fetched, submitted
from bot.teams.endpoint import Answered
from bot.teams.errors import CallFailed
from bot.teams.on_message import heard
from bot.teams.settings import TeamsSettings
from db.store import Store

NOT_IMPLEMENTED = 501
"""What an invoke that nobody handles is answered: Teams then says so itself."""

Handler = Callable[[Answering, Turn], Awaitable[Answered]]

log = logging.getLogger("duly.teams")


class TeamsApp:
    """What Teams sends, and what is answered to it."""

    def __init__(
        self,
        store: Store,
        settings: TeamsSettings,
        connector: Connector,
        patience: float = PATIENCE,
    ) -> None:
        """`patience` as in Identity and Places."""
        self.answering = Answering(store, settings, connector, patience)

    async def handle(self, turn: Turn) -> Answered:
        """Act on one activity. What goes wrong is an answer with its incident, in the log."""
        try:
            return await self._dispatch(turn)
        except CallFailed as error:
            # Teams does not take the answer now: it delivers again what is answered so.
            log.warning("not answered yet", extra={"face": FACE, "reason": error.sentence})
            return Answered({"error": "not answered yet"}, 500)
        except Exception:
            # The outermost place: Teams must hear that it went wrong, and so does the log.
            incident = uuid.uuid4().hex[:8]
            what = turn.name or turn.type
            log.exception(
                "request failed", extra={"face": FACE, "what": what, "incident": incident}
            )
            return Answered({"error": f"incident {incident}"}, 500)

    async def _dispatch(self, turn: Turn) -> Answered:
        if turn.type == "message":
            await heard(self.answering, turn)
            return Answered()
        if turn.type == "invoke":
            handler = INVOKES.get(turn.name)
            if handler is not None:
                return await handler(self.answering, turn)
            log.info("nobody handles this", extra={"face": FACE, "what": turn.name})
            return Answered(status=NOT_IMPLEMENTED)
        if turn.type in ("conversationUpdate", "installationUpdate"):
            await met(self.answering, turn)
        return Answered()


INVOKES: dict[str, Handler] = {
    "adaptiveCard/action": pressed,
    "task/fetch": fetched,
    "task/submit": submitted,
    "composeExtension/query": message_extension.searched,
    "composeExtension/fetchTask": message_extension.fetched,
    "composeExtension/submitAction": message_extension.submitted,
}
