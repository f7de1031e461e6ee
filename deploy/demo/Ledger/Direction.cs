namespace Kalinka.QuickStart.Ledger;

/// <summary>The three ways that messages go.</summary>
internal enum Direction
{
    DeviceToBackEnd,
    BackEndToDevice,
    DeviceToDevice,
}

internal static class Directions
{
    public static string Text(this Direction direction) =>
        direction switch
        {
            Direction.DeviceToBackEnd => "device   -> back end",
            Direction.BackEndToDevice => "back end -> device",
            _ => "device   -> device",
        };
}
