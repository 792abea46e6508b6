/** Every page of the portal and its address. Each is loaded when it is opened. */
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { session } from "./api/client";
import { accountQuery } from "./features/account/api";
import type { RouterContext } from "./router";
import { day, oneOf, text, type Raw } from "./search";
import { NotFound } from "./shell/NotFound";
import { PageProblem } from "./shell/PageProblem";

const REASONS = ["logout", "expired", "idle", "deleted"] as const;

interface LoginSearch {
  /** Where to go afterwards. */
  next?: string | undefined;
  /** Why nobody is signed in any more. */
  reason?: (typeof REASONS)[number] | undefined;
}

interface KeysSearch {
  cursor?: string | undefined;
  /** The form of a new key is open. */
  create?: true | undefined;
}

interface UsageSearch {
  first?: string | undefined;
  last?: string | undefined;
}

interface ReferenceSearch {
  operation?: string | undefined;
}

const RETURNS = ["done", "cancelled"] as const;

interface PlanSearch {
  /** How somebody came back from the payment page. */
  checkout?: (typeof RETURNS)[number] | undefined;
  /** What they had chosen. */
  plan?: string | undefined;
}

interface BillingSearch {
  cursor?: string | undefined;
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  errorComponent: PageProblem,
  notFoundComponent: NotFound,
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (raw: Raw): LoginSearch => ({
    next: text(raw["next"]),
    reason: oneOf(REASONS, raw["reason"]),
  }),
  component: lazyRouteComponent(() => import("./features/sign-in/LoginPage"), "LoginPage"),
});
const signUp = createRoute({
  getParentRoute: () => root,
  path: "/sign-up",
  component: lazyRouteComponent(() => import("./features/sign-in/SignUpPage"), "SignUpPage"),
});
const verify = createRoute({
  getParentRoute: () => root,
  path: "/verify",
  component: lazyRouteComponent(() => import("./features/sign-in/VerifyPage"), "VerifyPage"),
});
const forgotten = createRoute({
  getParentRoute: () => root,
  path: "/forgot-password",
  component: lazyRouteComponent(() => import("./features/sign-in/ForgotPasswordPage"), "ForgotPasswordPage"),
});
const reset = createRoute({
  getParentRoute: () => root,
  path: "/reset-password",
  component: lazyRouteComponent(() => import("./features/sign-in/ResetPasswordPage"), "ResetPasswordPage"),
});
const invitation = createRoute({
  getParentRoute: () => root,
  path: "/accept-invitation",
  component: lazyRouteComponent(() => import("./features/sign-in/InvitationPage"), "InvitationPage"),
});

/** Everything that needs somebody to be signed in. */
const app = createRoute({
  getParentRoute: () => root,
  id: "_app",
  beforeLoad: async ({ context, location }) => {
    if ((await session.start()) === "signed_out") {
      const reason = session.endReason ?? undefined;
      // Whoever signs out is done; whoever was interrupted comes back to this page.
      const next = location.href === "/" || reason === "logout" ? undefined : location.href;
      throw redirect({ to: "/login", search: { next, reason } });
    }
    await context.queries.ensureQueryData(accountQuery());
  },
  component: lazyRouteComponent(() => import("./shell/AppFrame"), "AppFrame"),
});
const overview = createRoute({
  getParentRoute: () => app,
  path: "/",
  component: lazyRouteComponent(() => import("./features/overview/OverviewPage"), "OverviewPage"),
});
const keys = createRoute({
  getParentRoute: () => app,
  path: "/keys",
  validateSearch: (raw: Raw): KeysSearch => ({
    cursor: text(raw["cursor"]),
    create: raw["create"] === true || undefined,
  }),
  component: lazyRouteComponent(() => import("./features/keys/KeyList"), "KeyList"),
});
const usage = createRoute({
  getParentRoute: () => app,
  path: "/usage",
  validateSearch: (raw: Raw): UsageSearch => ({ first: day(raw["first"]), last: day(raw["last"]) }),
  component: lazyRouteComponent(() => import("./features/usage/UsagePage"), "UsagePage"),
});
const reference = createRoute({
  getParentRoute: () => app,
  path: "/reference",
  validateSearch: (raw: Raw): ReferenceSearch => ({ operation: text(raw["operation"]) }),
  component: lazyRouteComponent(() => import("./features/reference/ReferencePage"), "ReferencePage"),
});
const plan = createRoute({
  getParentRoute: () => app,
  path: "/plan",
  validateSearch: (raw: Raw): PlanSearch => ({
    checkout: oneOf(RETURNS, raw["checkout"]),
    plan: text(raw["plan"]),
  }),
  component: lazyRouteComponent(() => import("./features/plan/PlanPage"), "PlanPage"),
});
const billing = createRoute({
  getParentRoute: () => app,
  path: "/billing",
  validateSearch: (raw: Raw): BillingSearch => ({ cursor: text(raw["cursor"]) }),
  component: lazyRouteComponent(() => import("./features/plan/BillingPage"), "BillingPage"),
});
const team = createRoute({
  getParentRoute: () => app,
  path: "/team",
  component: lazyRouteComponent(() => import("./features/team/TeamPage"), "TeamPage"),
});
const account = createRoute({
  getParentRoute: () => app,
  path: "/account",
  component: lazyRouteComponent(() => import("./features/account/AccountPage"), "AccountPage"),
});

export const routeTree = root.addChildren([
  login,
  signUp,
  verify,
  forgotten,
  reset,
  invitation,
  app.addChildren([overview, keys, usage, reference, plan, billing, team, account]),
]);
