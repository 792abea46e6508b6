import { Section, SessionTable } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { endSession, sessionsQuery } from "./api";
import { accountMessages } from "./messages";

export function SessionsSection() {
  const sessions = useQuery(sessionsQuery());
  return (
    <Section title={accountMessages.sessions.title}>
      <SessionTable sessions={sessions} end={endSession} />
    </Section>
  );
}
