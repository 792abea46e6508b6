import { Button, Drawer, Group, Radio, Stack, TextInput } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useAccount } from "@/features/account/api";
import { invite, teamQuery, type Role } from "./api";
import { roleNames, roleSentences, teamMessages as text } from "./messages";
import { rolesGivenBy } from "./roles";

interface InviteDrawerProps {
  isOpen: boolean;
  onClose: () => void;
}

export function InviteDrawer({ isOpen, onClose }: InviteDrawerProps) {
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      position="right"
      title={text.invite}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <InviteForm onClose={onClose} />
    </Drawer>
  );
}

function InviteForm({ onClose }: { onClose: () => void }) {
  const account = useAccount();
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("developer");
  const send = useMutation({
    mutationFn: invite,
    onSuccess: (sent) => {
      showDone(text.sent(sent.email));
      void queries.invalidateQueries({ queryKey: teamQuery().queryKey });
      onClose();
    },
  });
  const fault = isProblem(send.error, "email_address_invalid") ? send.error.message : undefined;

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    send.mutate({ email, role });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {send.isError && !fault && <ErrorState error={send.error} />}
        <TextInput
          label={text.email}
          description={text.emailHint}
          type="email"
          autoComplete="off"
          required
          withAsterisk={false}
          data-autofocus
          maxLength={320}
          value={email}
          error={fault}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Radio.Group label={text.role} value={role} onChange={(value) => setRole(value as Role)}>
          <Stack gap="sm" pt="xs">
            {rolesGivenBy(account?.role).map((one) => (
              <Radio key={one} value={one} label={roleNames[one]} description={roleSentences[one]} />
            ))}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={send.isPending}>
            {text.send}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
