// SPDX-License-Identifier: Apache-2.0
/// Checkpoints in code that has none, woven in while its classes are loaded.
@org.jspecify.annotations.NullMarked
module dev.curfew.agent {
  requires static org.jspecify;
  requires java.instrument;
  requires static java.management;
  requires static jdk.management; // without them it takes the form that is always safe
  requires static jdk.attach; // only the process that attaches needs it
}
