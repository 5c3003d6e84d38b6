// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/// Whether call sites may swing in this JVM.
///
/// A check that does nothing leaves a loop without instructions of ours, and such a loop keeps its
/// safepoint poll only where the JVM strip-mines counted loops. `-Ddev.curfew.gate=free` or
/// `volatile` overrides what is found, as it does for the checkpoints that programs write.
final class Form {

  private static final String PROPERTY = "dev.curfew.gate";

  private Form() {}

  static boolean swings() {
    String asked = System.getProperty(PROPERTY, "");
    if (!asked.isEmpty()) {
      return asked.equals("free");
    }
    try {
      HotSpotDiagnosticMXBean vm =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return vm != null
          && Boolean.parseBoolean(vm.getVMOption("UseCountedLoopSafepoints").getValue())
          && Long.parseLong(vm.getVMOption("LoopStripMiningIter").getValue()) > 1;
    } catch (LinkageError | IllegalArgumentException e) {
      return false; // another JVM, or one without the management module
    }
  }
}
