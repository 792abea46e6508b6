/** How far a file is on its way; the server is asked again and again while it is. */
import { Progress, Stack, Text } from "@mantine/core";
import { formatBytes } from "@openreg/ui";
import type { Delivery } from "./api";
import styles from "./deliveries.module.css";
import { deliveryMessages as text } from "./messages";

export function DeliveryProgress({ delivery }: { delivery: Pick<Delivery, "bytes_sent" | "size_bytes"> }) {
  const { bytes_sent, size_bytes } = delivery;
  const words = text.progress(formatBytes(bytes_sent), formatBytes(size_bytes));
  return (
    <Stack gap={2} className={styles.progress}>
      <Progress value={size_bytes === 0 ? 0 : (100 * bytes_sent) / size_bytes} aria-label={words} />
      <Text size="xs" c="dimmed">
        {words}
      </Text>
    </Stack>
  );
}
