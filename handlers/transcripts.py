"""Transcripts and the address that mails go to: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.mail.own_address import OwnAddress
from server.mail.transcript_endings import TranscriptEndings
from server.mail.transcript_requests import TranscriptRequests
from server.realtime.rooms import Connection
from server.schemas.payload import OneChat
from server.schemas.transcripts import AskForTranscript, LeaveEmail, SendTranscript


@dataclass(frozen=True)
class AgentTranscripts:
    transcripts: TranscriptRequests
    endings: TranscriptEndings

    async def send_transcript(self, at: Connection, p: SendTranscript) -> Answer:
        return await self.transcripts.send(at.who, p.chat_id, p.email, p.time_zone)

    async def end_transcript_links(self, at: Connection, p: OneChat) -> Answer:
        return await self.endings.end(at.who, p.chat_id)


@dataclass(frozen=True)
class CustomerTranscripts:
    transcripts: TranscriptRequests
    own_address: OwnAddress

    async def send_transcript(self, at: Connection, p: AskForTranscript) -> Answer:
        return await self.transcripts.send(at.who, p.chat_id, p.email, p.time_zone)

    async def leave_email(self, at: Connection, p: LeaveEmail) -> Answer:
        return await self.own_address.leave(at.who, p.email)
