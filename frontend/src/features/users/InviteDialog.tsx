import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import type { Role } from "@/features/roles/api";
import { inviteUser, userKeys } from "./api";
import { userMessages as text } from "./messages";

interface InviteDialogProps {
  isOpen: boolean;
  onClose: () => void;
  roles: Role[];
}

export function InviteDialog({ isOpen, onClose, roles }: InviteDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={text.invite}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <InviteForm onClose={onClose} roles={roles} />
    </Modal>
  );
}

function InviteForm({ onClose, roles }: Omit<InviteDialogProps, "isOpen">) {
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [fullName, setFullName] = useState("");
  const [roleIds, setRoleIds] = useState<string[]>([]);
  const [isRoleMissing, setIsRoleMissing] = useState(false);
  const invite = useMutation({
    mutationFn: inviteUser,
    onSuccess: (invitation) => {
      showDone(text.invited(invitation.email));
      void queries.invalidateQueries({ queryKey: userKeys.invitations });
      onClose();
    },
  });
  const places = isProblem(invite.error) ? invite.error.fieldMessages() : {};

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsRoleMissing(roleIds.length === 0);
    if (roleIds.length > 0) invite.mutate({ email, full_name: fullName, role_ids: roleIds });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text>{text.inviteText}</Text>
        {invite.isError && <ErrorState error={invite.error} />}
        <TextInput
          label={text.email}
          type="email"
          autoComplete="off"
          required
          withAsterisk={false}
          data-autofocus
          value={email}
          error={places["email"]}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <TextInput
          label={text.fullName}
          autoComplete="off"
          value={fullName}
          onChange={(event) => setFullName(event.currentTarget.value)}
        />
        <Checkbox.Group
          label={text.roles}
          value={roleIds}
          onChange={setRoleIds}
          error={isRoleMissing && roleIds.length === 0 ? text.noRole : undefined}
        >
          <Stack gap="sm" pt="xs">
            {roles.map((role) => (
              <Checkbox key={role.id} value={role.id} label={role.name} description={role.description} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={invite.isPending}>
            {text.send}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
