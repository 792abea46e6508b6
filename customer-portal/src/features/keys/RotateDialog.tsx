import { Select, Stack } from "@mantine/core";
import { ConfirmDialog } from "@openreg/ui";
import { useState } from "react";
import { rotateKey, type APIKey, type MadeKey } from "./api";
import { keyMessages as text } from "./messages";

interface RotateDialogProps {
  apiKey: APIKey | null;
  onClose: () => void;
  onMade: (made: MadeKey) => void;
}

export function RotateDialog({ apiKey, onClose, onMade }: RotateDialogProps) {
  const [hours, setHours] = useState("24");
  return (
    <ConfirmDialog
      isOpen={apiKey !== null}
      onClose={onClose}
      title={apiKey ? text.rotateTitle(apiKey.name) : ""}
      action={text.rotate}
      onConfirm={async () => apiKey && onMade(await rotateKey(apiKey.id, Number(hours)))}
    >
      <Stack gap="sm">
        {text.rotateText}
        <Select
          label={text.overlapLabel}
          data={[...text.overlaps]}
          value={hours}
          onChange={(value) => setHours(value ?? hours)}
        />
      </Stack>
    </ConfirmDialog>
  );
}
