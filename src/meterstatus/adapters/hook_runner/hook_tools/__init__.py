"""What hook tools need of the agent: a directory of them, and a socket that answers (spec worker, D.9)."""

from meterstatus.adapters.hook_runner.hook_tools.directory import write_tools
from meterstatus.adapters.hook_runner.hook_tools.server import HookToolServer

__all__ = ["HookToolServer", "write_tools"]
