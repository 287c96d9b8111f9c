import sys

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "练习"

    def ready(self) -> None:
        """Load the exercises in every process, so that a faulty file stops the start and not the first trainee.

        Their checker starts all the same, and names the mistakes itself.
        """
        from training.files import ExerciseError, exercises  # its words are of models, which are there by now

        if sys.argv[1:2] == ["check_exercise"]:
            return
        try:
            exercises()
        except ExerciseError as error:
            raise ImproperlyConfigured(str(error)) from None
