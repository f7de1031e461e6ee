namespace Kalinka.QuickStart.Devices;

/// <summary>The topic names that the devices of the demonstration speak; the mapping rules turn them around.</summary>
internal static class DeviceTopics
{
    public static string ToSystem(string device, string system) => $"mqtt/{device}/{system}/pub";

    public static string ToDevice(string device, string destination) => $"mqtt/{device}/mqtt/{destination}/pub";

    public static string FromSystems(string device) => $"+/mqtt/{device}/sub";

    public static string FromDevices(string device) => $"mqtt/+/mqtt/{device}/sub";

    /// <summary>The sender in <c>mqtt/{src}/mqtt/{dest}/sub</c>; null for <c>{system}/mqtt/{dest}/sub</c>.</summary>
    public static string? SendingDevice(string mqttTopic) =>
        mqttTopic.Split('/') is ["mqtt", var source, "mqtt", _, "sub"] ? source : null;
}
