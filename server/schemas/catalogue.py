"""The catalogue: every command, event and route, from the domains' own files."""

from server.schemas import admin, agents, chat, messages, monitor, people, queue
from server.schemas.rows import Catalogue

CATALOGUE = Catalogue(
    [
        *queue.COMMANDS,
        *messages.COMMANDS,
        *chat.COMMANDS,
        *agents.COMMANDS,
        *people.COMMANDS,
        *monitor.COMMANDS,
        *admin.COMMANDS,
    ],
    [*monitor.EVENTS, *messages.EVENTS, *chat.EVENTS, *queue.EVENTS, *agents.EVENTS],
    queue.ROUTES,
)
