import { createFileRoute } from "@tanstack/react-router";
import { linkKinds } from "@/features/error-register/api";
import { NewEntry } from "@/features/error-register/EntryForm";
import { oneOf, searchParams, uuid } from "@/lists/searchParams";

export const Route = createFileRoute("/_app/error-register/new")({
  validateSearch: searchParams({ from_kind: oneOf(linkKinds), from_id: uuid }),
  component: NewEntry,
});
