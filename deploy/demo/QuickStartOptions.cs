namespace Kalinka.QuickStart;

/// <param name="Seconds">How long messages flow; null until Ctrl-C.</param>
/// <param name="Devices">At least two.</param>
/// <param name="Pub">Path of the executable kalinka-pub.</param>
/// <param name="Sub">Path of the executable kalinka-sub.</param>
/// <param name="Folder">Where configurations and logs are left.</param>
internal sealed record QuickStartOptions(double? Seconds, int Devices, string Pub, string Sub, string Folder);
