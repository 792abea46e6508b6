import { createFileRoute } from "@tanstack/react-router";
import { settingsQuery } from "@/features/settings/api";
import { SettingsPage } from "@/features/settings/SettingsPage";

export const Route = createFileRoute("/_app/settings")({
  loader: ({ context }) => void context.queries.prefetchQuery(settingsQuery()),
  component: SettingsPage,
});
