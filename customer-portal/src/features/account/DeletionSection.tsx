/** The end of everything: asks for the name of the company and for the password. */
import { Button, Stack, Text } from "@mantine/core";
import { Callout, ConfirmDialog, Password, Section } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { session } from "@/api/client";
import { deleteAccount } from "./api";
import { accountMessages } from "./messages";

const text = accountMessages.deletion;

export function DeletionSection({ company }: { company: string }) {
  const router = useRouter();
  const [isAsking, setIsAsking] = useState(false);
  const [password, setPassword] = useState("");
  const [isWrong, setIsWrong] = useState(false);

  async function end() {
    setIsWrong(false);
    try {
      await deleteAccount(password);
    } catch (problem) {
      setIsWrong(isProblem(problem, "password_wrong"));
      throw problem;
    }
    await router.navigate({ to: "/login", search: { reason: "deleted" } });
    // The session is over at the service already; here it is forgotten.
    await session.end("logout").catch(() => undefined);
  }

  return (
    <Section title={text.title}>
      <Text maw={640}>{text.text}</Text>
      <div>
        <Button color="red.9" onClick={() => setIsAsking(true)}>
          {text.action}
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => {
          setIsAsking(false);
          setPassword("");
        }}
        title={text.dialog(company)}
        action={text.action}
        isDangerous
        nameToType={company}
        onConfirm={end}
      >
        <Stack gap="sm">
          {text.text}
          {isWrong && <Callout tone="failed" title={text.wrong} />}
          <Password
            label={text.password}
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
          />
        </Stack>
      </ConfirmDialog>
    </Section>
  );
}
