// All one needs to take part in chats as a customer or an agent: a connection and what hangs on it.
import { ChatBook } from "./chat_book.js";
import { Connection } from "./connection.js";
import { Drafts } from "./drafts.js";
import { Marks } from "./marks.js";
import { Outbox } from "./outbox.js";
import { Uploads } from "./uploads.js";

/** `isReading(chatId)`: the viewer looks at that chat right now; call `desk.marks.look()` when that changes. */
export function openDesk({ role, session, memory, isReading }) {
  const me = session.user;
  const token = () => session.token;
  const connection = new Connection(`/${role}`, { token, keepToken: (fresh) => session.keep(fresh, me) });
  const book = new ChatBook(connection, role);
  const outbox = new Outbox({ memory, connection, book, me: me.id });
  const uploads = new Uploads({ connection, outbox, token });
  const marks = new Marks({ connection, book, isReading });
  const presence = new Map();
  connection.on("presence", ({ user_id: id, status }) => {
    presence.set(id, status);
    for (const { id: chatId, agent } of book.chats.values()) {
      if (agent?.id === id) book.tellAll("change", chatId);
    }
  });
  return { connection, book, outbox, uploads, marks, presence, drafts: new Drafts(memory, me.id), me };
}
