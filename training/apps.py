from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "练习"

    def ready(self) -> None:
        """Load the exercises in every process, so that a faulty file stops the start and not the first trainee."""
        from training.files import ExerciseError, exercises  # its words are of models, which are there by now

        try:
            exercises()
        except ExerciseError as error:
            raise ImproperlyConfigured(str(error)) from None
