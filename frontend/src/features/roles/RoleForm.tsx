/** Name, purpose and permissions of a role. */
import { Stack, Textarea, TextInput } from "@mantine/core";
import type { Permission } from "./api";
import { roleMessages as text } from "./messages";
import { PermissionPicker } from "./PermissionPicker";

export interface RoleDraft {
  name: string;
  description: string;
  permissions: ReadonlySet<string>;
}

interface RoleFormProps {
  draft: RoleDraft;
  onChange: (draft: RoleDraft) => void;
  catalogue: Permission[];
  isReadOnly?: boolean;
  errors?: Record<string, string>;
}

export function RoleForm({ draft, onChange, catalogue, isReadOnly = false, errors = {} }: RoleFormProps) {
  return (
    <Stack gap="md">
      <TextInput
        label={text.name}
        maw={360}
        required
        withAsterisk={false}
        maxLength={100}
        readOnly={isReadOnly}
        value={draft.name}
        error={errors["name"]}
        onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
      />
      <Textarea
        label={text.about}
        maw={720}
        maxLength={500}
        autosize
        minRows={2}
        readOnly={isReadOnly}
        value={draft.description}
        onChange={(event) => onChange({ ...draft, description: event.currentTarget.value })}
      />
      <PermissionPicker
        permissions={catalogue}
        chosen={draft.permissions}
        isReadOnly={isReadOnly}
        onChange={(permissions) => onChange({ ...draft, permissions })}
      />
    </Stack>
  );
}
