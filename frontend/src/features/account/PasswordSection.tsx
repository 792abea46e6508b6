import { Button, Stack } from "@mantine/core";
import { ErrorState, Section, showDone, Password } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { changePassword } from "./api";
import { accountMessages } from "./messages";

const text = accountMessages.password;

export function PasswordSection() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      setCurrent("");
      setNext("");
      showDone(text.done);
    },
  });
  const places = isProblem(change.error) ? change.error.fieldMessages() : {};
  const weakness = places["new_password"] ?? places["password"];

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    change.mutate({ current_password: current, new_password: next });
  }

  return (
    <Section title={text.title}>
      <form onSubmit={submit}>
        <Stack gap="sm" maw={360}>
          {change.isError && !weakness && <ErrorState error={change.error} />}
          <Password
            label={text.current}
            autoComplete="current-password"
            value={current}
            onChange={setCurrent}
          />
          <Password
            label={text.next}
            description={text.hint}
            autoComplete="new-password"
            value={next}
            onChange={setNext}
            error={weakness}
          />
          <div>
            <Button type="submit" loading={change.isPending}>
              {text.action}
            </Button>
          </div>
        </Stack>
      </form>
    </Section>
  );
}
