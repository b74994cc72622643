// A plain Socket.IO chat server on MongoDB, as one writes it in an afternoon: one insert and one update a message, both
// by the majority and journaled, then a room emit and the ack. It speaks Deskwire's commands. MONGODB_URL says where its
// database is; it prints `ready PORT`.
import { createServer } from "node:http";
import { MongoClient, ObjectId } from "mongodb";
import { Server } from "socket.io";

const client = new MongoClient(process.env.MONGODB_URL, { writeConcern: { w: "majority", journal: true }, maxPoolSize: 64 });
const database = client.db("plain");
const [messages, chats] = [database.collection("messages"), database.collection("chats")];
await messages.createIndex({ chat_id: 1, sent_at: 1 });
await chats.createIndex({ customer: 1 }, { unique: true });

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });
const agents = [];
const seq = new Map(); // a number a chat, for the receipts

// Answers every command, also when it fails.
const acked = (handler) => async (payload, ack) => {
  try {
    ack({ ok: true, data: await handler(payload) });
  } catch (error) {
    ack({ ok: false, error: { code: "internal", detail: String(error) } });
  }
};

io.on("connection", (socket) => {
  const person = socket.handshake.auth.token;

  socket.on("set_status", acked(async () => {
    agents.push(socket);
    return {};
  }));

  socket.on("request_chat", acked(async () => {
    let chat = await chats.findOne({ customer: person });
    if (!chat) {
      chat = { _id: new ObjectId(), customer: person, created_at: new Date(), last_message: null };
      await chats.insertOne(chat);
      agents[seq.size % agents.length]?.join(String(chat._id));
      seq.set(String(chat._id), 0);
    }
    socket.join(String(chat._id));
    return { chat: { id: String(chat._id) } };
  }));

  socket.on("send_message", acked(async ({ chat_id, client_id, body }) => {
    const message = { chat_id, seq: seq.get(chat_id) + 1, client_id, sender: person, body, sent_at: new Date() };
    seq.set(chat_id, message.seq);
    await messages.insertOne(message);
    const last = { last_message: body, last_message_at: message.sent_at };
    await chats.updateOne({ _id: new ObjectId(chat_id) }, { $set: last, $inc: { unread: 1 } });
    const { _id, ...told } = message;
    const shown = { id: String(_id), ...told };
    io.to(chat_id).emit("message", shown);
    return { message: shown };
  }));

  // Told to the room and not stored: that favours this server, since Deskwire stores every mark.
  socket.on("mark_delivered", acked(async ({ chat_id, seq: upTo }) => {
    io.to(chat_id).emit("receipt", { chat_id, seq: upTo, side: "agent" });
    return {};
  }));
});

http.listen(0, "127.0.0.1", () => console.log(`ready ${http.address().port}`));
