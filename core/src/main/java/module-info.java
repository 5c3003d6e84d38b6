// SPDX-License-Identifier: Apache-2.0
/// Concurrent work that can be stopped: on time, in order, with nothing lost, and with a report.
@org.jspecify.annotations.NullMarked
module dev.curfew {
  requires static transitive org.jspecify;
  requires static java.management;
  requires static jdk.jfr;
  requires static jdk.management;

  exports dev.curfew;
  exports dev.curfew.pool;
  exports dev.curfew.process;
  exports dev.curfew.sync;
  exports dev.curfew.worker;
}
