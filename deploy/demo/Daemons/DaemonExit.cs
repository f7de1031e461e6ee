namespace Kalinka.QuickStart.Daemons;

/// <summary>How a daemon ended.</summary>
/// <param name="Code">Its exit code; null when it was still draining at the end of the time.</param>
internal readonly record struct DaemonExit(string Daemon, int? Code);
