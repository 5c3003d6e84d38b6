// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/// How a [Gate] is made, and why so.
///
/// *Free*: its sites swing. A loop without instructions of ours keeps its safepoint poll only where
/// the JVM strip-mines counted loops; where it does not, swinging would wait for the loop. There
/// the form is *volatile*: the sites read one field and never swing. `-Ddev.curfew.gate=free` or
/// `volatile` overrides what is found.
///
/// @param isFree whether the sites swing
/// @param why what decided it, for people
record GateForm(boolean isFree, String why) {

  private static final String PROPERTY = "dev.curfew.gate";

  /// {@return the form for this JVM}
  static GateForm ofThisJvm() {
    String asked = System.getProperty(PROPERTY, "");
    if (!asked.isEmpty()) {
      return new GateForm(asked.equals("free"), "it was asked for by -D" + PROPERTY);
    }
    try {
      HotSpotDiagnosticMXBean vm =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      if (vm != null
          && Boolean.parseBoolean(vm.getVMOption("UseCountedLoopSafepoints").getValue())
          && Long.parseLong(vm.getVMOption("LoopStripMiningIter").getValue()) > 1) {
        return new GateForm(true, "this JVM strip-mines counted loops");
      }
      return new GateForm(false, "this JVM does not strip-mine counted loops");
    } catch (LinkageError | IllegalArgumentException e) {
      return new GateForm(false, "nobody can tell whether this JVM strip-mines counted loops");
    }
  }

  /// {@return the word for it}
  String word() {
    return isFree ? "free" : "volatile";
  }
}
