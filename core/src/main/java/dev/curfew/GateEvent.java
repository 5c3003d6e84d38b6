// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/// What a [Gate] has done, for the JDK's flight recorder. Touched only where its module is there.
@Name("dev.curfew.Gate")
@Label("Gate of Checkpoints")
@Category("Curfew")
@Description("Checkpoints begin or cease to look whether their thread is to stop")
@StackTrace(false)
final class GateEvent extends Event {

  @Label("Gate")
  final String gate;

  @Label("Change")
  @Description(
      "opened, widened, narrowed, closed, settled on a volatile read, or freed from that again")
  final String change;

  @Label("Cause")
  final String cause;

  @Label("Swing")
  @Description("How long it took to have all compiled code follow")
  @Timespan
  final long swing;

  @Label("Was Open")
  @Description("For how long, if it has closed")
  @Timespan
  final long wasOpen;

  private GateEvent(String gate, String change, String cause, long swing, long wasOpen) {
    this.gate = gate;
    this.change = change;
    this.cause = cause;
    this.swing = swing;
    this.wasOpen = wasOpen;
  }

  /// Puts it down if somebody records.
  static void tell(String gate, String change, String cause, long swing, long wasOpen) {
    if (FlightRecorder.isInitialized()) {
      new GateEvent(gate, change, cause, swing, wasOpen).commit();
    }
  }
}
