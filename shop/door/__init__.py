"""At the door: who comes in with which ticket, also when the network is away."""
