import { ResetPasswordForm } from "@openreg/ui";
import { resetPassword } from "./api";
import { signInMessages } from "./messages";
import { SignInFrame } from "./SignInFrame";
import { SignInProblem } from "./SignInProblem";

export const ResetPasswordPage = () => (
  <SignInFrame title={signInMessages.reset.title}>
    <ResetPasswordForm set={resetPassword} refusal={(error) => <SignInProblem error={error} />} />
  </SignInFrame>
);
