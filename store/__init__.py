"""MongoDB and Redis: the only room that imports a driver. Methods name the state they demand and say whether it held."""
