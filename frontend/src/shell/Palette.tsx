/** Ctrl+K: pages, actions, and whatever an id or a name leads to. */
import "@mantine/spotlight/styles.layer.css";
import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { Spotlight, spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import { useDensity, type NavigationGroup } from "@openreg/ui";
import { IconCommand, IconLogout, IconMoon, IconRowInsertTop } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { session } from "@/api/client";
import { shellMessages as text } from "./messages";
import { useFound } from "./useFound";

export function PaletteButton() {
  return (
    <Tooltip label={`${text.palette} (${text.paletteHint})`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={30}
        aria-label={text.palette}
        onClick={() => spotlight.open()}
      >
        <IconCommand size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

export function Palette({ groups }: { groups: NavigationGroup[] }) {
  const [query, setQuery] = useState("");
  const actions = [usePages(groups), useFound(query), useActions()];
  return (
    <Spotlight
      actions={actions}
      query={query}
      onQueryChange={setQuery}
      shortcut="mod + K"
      // Also while an input has the focus.
      tagsToIgnore={[]}
      triggerOnContentEditable
      nothingFound={text.paletteNothing}
      highlightQuery
      scrollable
      maxHeight={420}
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      attributes={{ content: { "aria-label": text.palette } }}
      searchProps={{ placeholder: text.palettePlaceholder, "aria-label": text.palette }}
    />
  );
}

function usePages(groups: NavigationGroup[]): SpotlightActionGroupData {
  const router = useRouter();
  return {
    group: text.palettePages,
    actions: groups
      .flatMap((group) => group.entries)
      .map(({ label, to, icon: EntryIcon }) => ({
        id: to,
        label,
        leftSection: <EntryIcon size={16} aria-hidden />,
        onClick: () => void router.navigate({ to }),
      })),
  };
}

function useActions(): SpotlightActionGroupData {
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark";
  const [density, setDensity] = useDensity();
  const isCompact = density === "compact";
  return {
    group: text.paletteActions,
    actions: [
      {
        id: "theme",
        label: isDark ? text.toLight : text.toDark,
        leftSection: <IconMoon size={16} aria-hidden />,
        onClick: () => setColorScheme(isDark ? "light" : "dark"),
      },
      {
        id: "density",
        label: isCompact ? text.toComfortable : text.toCompact,
        leftSection: <IconRowInsertTop size={16} aria-hidden />,
        onClick: () => setDensity(isCompact ? "comfortable" : "compact"),
      },
      {
        id: "sign-out",
        label: text.signOut,
        leftSection: <IconLogout size={16} aria-hidden />,
        onClick: () => void session.end("logout"),
      },
    ],
  };
}
