import { Button } from "@mantine/core";
import { ConfirmDialog, Section, SessionTable } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { session } from "@/api/client";
import { endSession, sessionsQuery } from "./api";
import { accountMessages } from "./messages";

const text = accountMessages.sessions;

export function SessionsSection() {
  const sessions = useQuery(sessionsQuery());
  const [isAsking, setIsAsking] = useState(false);
  return (
    <Section title={text.title}>
      <SessionTable sessions={sessions} end={endSession} />
      <div>
        <Button variant="default" onClick={() => setIsAsking(true)}>
          {text.endAll}
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title={text.endAllTitle}
        action={text.endAll}
        isDangerous
        onConfirm={() => session.end("logout", "everywhere")}
      >
        {text.endAllText}
      </ConfirmDialog>
    </Section>
  );
}
