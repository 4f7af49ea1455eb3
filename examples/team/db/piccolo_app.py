"""The app by which Piccolo finds the tables."""

from ottavino import CronJob
from ottavino.project import tables_app

COUNT = CronJob("count tasks", "*/10 * * * *", "select public.refresh_task_counts()")

APP_CONFIG = tables_app("db", objects=(COUNT,))
