"""Where things are kept on this machine: file < environment < flag."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

CONFIG_FILE = Path.home() / ".config" / "keepsake-studio.yaml"


class Settings(BaseSettings):
    """Set by `~/.config/keepsake-studio.yaml`, or by environment variables named STUDIO_…, which win."""

    model_config = SettingsConfigDict(env_prefix="STUDIO_", yaml_file=CONFIG_FILE, extra="ignore")

    cache_dir: Path = Field(default_factory=lambda: Path.home() / ".cache" / "keepsake-studio")
    """Finished takes by content hash, and downloaded weights. May be deleted at any time."""
    projects_dir: Path = Field(default_factory=lambda: Path.cwd() / "outputs")
    """One folder per production made on the page."""
    voices_dir: Path = Field(default_factory=lambda: Path.home() / ".local" / "share" / "keepsake-studio" / "voices")
    """The shelf of enrolled voices: one file each, kept until they are deleted."""
    speech_server: str = ""
    """Address of a speech server with OpenAI's interface, such as http://127.0.0.1:8000; what is to be said goes there.
    Empty: there is none. A server on another machine is used only because its address stands here."""
    speech_server_model: str = "tts-1"
    speech_server_voice: str = "alloy"
    speech_server_key: SecretStr = SecretStr("")
    """Sent as a bearer token where it is set; best set in the environment, never written anywhere."""

    @property
    def takes_dir(self) -> Path:
        """Finished takes, by content hash."""
        return self.cache_dir / "takes"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (the base class names it)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flag, then environment, then file."""
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls)


def settings() -> Settings:
    """The settings as they are now; read anew each time, so that nothing global goes stale."""
    return Settings()
