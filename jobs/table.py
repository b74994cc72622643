"""Every job and how often it runs."""

from jobs.reconcile import Reconciler
from jobs.schedule import Job
from server.people.closing import Closing
from server.settings import Settings


def table(settings: Settings, closing: Closing, reconciler: Reconciler) -> list[Job]:
    return [
        Job("close expired sessions", settings.tick_seconds, closing.close_expired),
        Job("reconcile", settings.reconcile_seconds, reconciler.run),
    ]
