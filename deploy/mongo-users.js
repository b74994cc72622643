// The desk's own user of MongoDB: it reads and writes its own database, and may do nothing else there or anywhere.
// The image runs this once, when its volume is empty. A volume from when the desk was MongoDB's root has that user still:
// in deploy/.env say MONGO_ROOT_USER=deskwire, move the old MONGO_PASSWORD to MONGO_ROOT_PASSWORD, give MONGO_PASSWORD a new value, then
//     docker compose -f deploy/compose.yaml up -d --wait mongo
//     docker compose -f deploy/compose.yaml exec mongo sh -c \
//       'mongosh --quiet -u "$MONGO_INITDB_ROOT_USERNAME" -p "$MONGO_INITDB_ROOT_PASSWORD" /docker-entrypoint-initdb.d/mongo-users.js'
// readWrite covers all that the desk asks for: its indexes, and the change streams by which it reads again what it missed.
/* global db, process */
const user = {
  user: "deskwire",
  pwd: process.env.MONGO_PASSWORD,
  roles: [{ role: "readWrite", db: "deskwire" }],
};
const home = db.getSiblingDB("deskwire");
if (home.getUser(user.user)) {
  home.updateUser(user.user, { pwd: user.pwd, roles: user.roles });
} else {
  home.createUser(user);
}
