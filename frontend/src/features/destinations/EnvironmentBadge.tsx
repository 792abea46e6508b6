/** What a destination is for, in words and with a sign of its own: a test never looks like the real thing. */
import { IconBuildingBank, IconFlask } from "@tabler/icons-react";
import type { DestinationEnvironment } from "./api";
import styles from "./destinations.module.css";
import { destinationMessages as text } from "./messages";

const ICONS = { production: IconBuildingBank, test: IconFlask };

export function EnvironmentBadge({ environment }: { environment: DestinationEnvironment }) {
  const Sign = ICONS[environment];
  return (
    <span className={styles.environment} data-environment={environment}>
      <Sign size={13} stroke={2} aria-hidden />
      {text.environmentName(environment)}
    </span>
  );
}
