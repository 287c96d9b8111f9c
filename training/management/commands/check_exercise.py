"""manage.py check_exercise FILE: every mistake of an exercise at once, in words."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from training.files import ExerciseError, load_exercise, missing_in_english


class Command(BaseCommand):
    help = "Check an exercise's file and the sentences beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, file: Path, **__: Any) -> None:
        try:
            exercise = load_exercise(file)
        except ExerciseError as error:
            raise CommandError(str(error)) from None
        missing, wanted = missing_in_english(file)
        self.stdout.write(
            f"{exercise.name}: {len(exercise.steps)} steps, {len(exercise.ends)} failing ends. Good. "
            f"Of {wanted} sentences {missing} have no English yet."
        )
