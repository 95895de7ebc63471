"""Agent-based simulation of supply-chain shocks to a territory."""

__version__ = "0.1.0"
