using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>
/// Every <see cref="Holding"/> that its own methods lead to, by the flags that decide something; of an epoch only whether
/// there is one.
/// </summary>
internal static class HoldingCode
{
    private static readonly Holding?[] ByCode = Reachable();

    public static Holding Of(int code) => ByCode[code]!.Value;

    public static int Of(in Holding holding) =>
        (holding.Wanted ? 1 : 0) | (holding.Held ? 2 : 0) | (holding.Confirmed ? 4 : 0) | (holding.Yielding ? 8 : 0);

    private static Holding?[] Reachable()
    {
        var found = new Holding?[16];
        var open = new Queue<Holding>([default]);
        while (open.TryDequeue(out var holding))
        {
            if (found[Of(holding)] is null)
            {
                found[Of(holding)] = holding;
                Next(holding).ToList().ForEach(open.Enqueue);
            }
        }

        return found;
    }

    private static IEnumerable<Holding> Next(Holding holding) =>
        [
            holding.Want(),
            holding.Doubt(),
            holding.Yield(),
            holding.Release(),
            holding.See(null),
            holding.See(new SeatOwner(Ours: true, 1, "")),
            holding.See(new SeatOwner(Ours: false, 1, "")),
        ];
}
