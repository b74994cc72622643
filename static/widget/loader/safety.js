// What goes wrong in here is never an exception in somebody else's page: it is a warning on its console.
const warn = (...said) => console.warn("Deskwire:", ...said);

function safe(act) {
  return (...given) => {
    try {
      return act(...given);
    } catch (error) {
      return warn(error);
    }
  };
}
