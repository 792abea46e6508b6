import { Select, Stack } from "@mantine/core";
import { ConfirmDialog } from "@openreg/ui";
import { useState } from "react";
import { rotateServiceKey, type ServiceKey } from "./api";
import type { MadeKey } from "./KeySecret";
import { serviceKeyMessages as text } from "./messages";

interface RotateDialogProps {
  serviceKey: ServiceKey | null;
  onClose: () => void;
  onMade: (made: MadeKey) => void;
}

export function RotateDialog({ serviceKey, onClose, onMade }: RotateDialogProps) {
  const [hours, setHours] = useState("24");
  return (
    <ConfirmDialog
      isOpen={serviceKey !== null}
      onClose={onClose}
      title={serviceKey ? text.rotateTitle(serviceKey.name) : ""}
      action={text.rotate}
      onConfirm={async () => serviceKey && onMade(await rotateServiceKey(serviceKey.id, Number(hours)))}
    >
      <Stack gap="sm">
        {text.rotateText}
        <Select
          label={text.overlap}
          data={[...text.overlaps]}
          value={hours}
          onChange={(value) => setHours(value ?? hours)}
        />
      </Stack>
    </ConfirmDialog>
  );
}
