import { Button, Drawer, Group, Input, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { DateField, ErrorState, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useMay, useMe } from "@/features/account/api";
import { permissionsQuery, type Permission } from "@/features/roles/api";
import { PermissionPicker } from "@/features/roles/PermissionPicker";
import { createServiceKey } from "./api";
import type { MadeKey } from "./KeySecret";
import { serviceKeyMessages as text } from "./messages";

interface NewKeyDrawerProps {
  isOpen: boolean;
  onClose: () => void;
  onMade: (made: MadeKey) => void;
}

export function NewKeyDrawer({ isOpen, onClose, onMade }: NewKeyDrawerProps) {
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      position="right"
      size="lg"
      title={text.create}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <NewKeyForm onClose={onClose} onMade={onMade} />
    </Drawer>
  );
}

function NewKeyForm({ onClose, onMade }: Omit<NewKeyDrawerProps, "isOpen">) {
  const own = useOwnPermissions();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [scopes, setScopes] = useState<ReadonlySet<string>>(new Set());
  const [networks, setNetworks] = useState<string[]>([]);
  const [expires, setExpires] = useState("");
  const [isScopeMissing, setIsScopeMissing] = useState(false);
  const create = useMutation({ mutationFn: createServiceKey, onSuccess: onMade });
  const places = isProblem(create.error) ? create.error.fieldMessages() : {};

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsScopeMissing(scopes.size === 0);
    if (scopes.size === 0) return;
    // The key works until the end of the chosen day, in the reader's own zone.
    const expires_at = expires ? new Date(`${expires}T23:59:59`).toISOString() : null;
    create.mutate({ name, description, scopes: [...scopes].sort(), networks, expires_at });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {create.isError && <ErrorState error={create.error} />}
        <TextInput
          label={text.name}
          required
          withAsterisk={false}
          data-autofocus
          maxLength={100}
          value={name}
          error={places["name"]}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label={text.about}
          maxLength={500}
          autosize
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Input.Wrapper
          label={text.scopes}
          labelElement="div"
          error={isScopeMissing && scopes.size === 0 ? text.noScope : undefined}
        >
          <PermissionPicker permissions={own} chosen={scopes} onChange={setScopes} />
        </Input.Wrapper>
        <TagsInput
          label={text.networks}
          description={text.networksHint}
          value={networks}
          onChange={setNetworks}
          error={places["networks"]}
        />
        <DateField
          label={text.expires}
          description={text.expiresHint}
          value={expires}
          error={places["expires_at"]}
          onChange={setExpires}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {text.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A key can do no more than whoever makes it. Their sentences come from the catalogue, for those who may read it. */
function useOwnPermissions(): Permission[] {
  const mine = useMe()?.permissions ?? [];
  const catalogue = useQuery({ ...permissionsQuery(), enabled: useMay("roles:read") }).data?.items;
  if (catalogue) return catalogue.filter((permission) => mine.includes(permission.value));
  return mine.map((value) => {
    const [resource = value, action = value] = value.split(":");
    return { value, resource, action, sentence: "" };
  });
}
