// SPDX-License-Identifier: Apache-2.0
/// What tests of stoppable code need: a leak guard, a clock that moves by hand, and numbered steps.
@org.jspecify.annotations.NullMarked
module dev.curfew.testkit {
  requires static transitive org.jspecify;
  requires transitive dev.curfew;
  requires transitive org.junit.jupiter.api;
  requires java.management;
  requires jdk.management;

  exports dev.curfew.testkit;

  provides org.junit.jupiter.api.extension.Extension with
      dev.curfew.testkit.LeakGuard;
}
