namespace Kalinka.Pub.Producing;

/// <summary>
/// The name of a record between <c>TryProduce</c> and its delivery report: the lane and the ticket within it, or, for
/// QoS 0, which nobody waits for, only the size to give back.
/// </summary>
internal static class ProduceToken
{
    /// <summary>Lanes are numbered below this.</summary>
    public const int MaximumLanes = 0x7FFF;

    private const int TicketBits = 48;
    private const long TicketMask = (1L << TicketBits) - 1;

    public static long For(int lane, long ticket) => ((long)lane << TicketBits) | (ticket & TicketMask);

    public static long ForQos0(int size) => ((long)MaximumLanes << TicketBits) | (uint)size;

    /// <summary>The lane, or <see cref="MaximumLanes"/> for QoS 0.</summary>
    public static int Lane(long token) => (int)(token >> TicketBits);

    public static long Ticket(long token) => token & TicketMask;

    public static int Qos0Size(long token) => (int)(token & TicketMask);
}
