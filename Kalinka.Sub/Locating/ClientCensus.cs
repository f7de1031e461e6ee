using System.Numerics;

namespace Kalinka.Sub.Locating;

/// <summary>
/// How many different clients there were within the last minute, give or take a few per cent: linear counting over six
/// bitmaps of ten seconds, so that memory does not grow with the fleet. Saturates above some 500,000. One thread.
/// </summary>
internal sealed class ClientCensus
{
    public const long MinuteMs = 60_000;

    private const int Slices = 6;
    private const int Bits = 1 << 16;

    private readonly ulong[][] _slices = new ulong[Slices][];
    private long _slice = -1;

    public ClientCensus()
    {
        for (var index = 0; index < Slices; index++)
        {
            _slices[index] = new ulong[Bits / 64];
        }
    }

    public void Add(int clientHash, long nowMs)
    {
        Turn(nowMs);
        var bit = (uint)clientHash % Bits;
        _slices[_slice % Slices][bit / 64] |= 1UL << (int)(bit % 64);
    }

    public int Estimate(long nowMs)
    {
        Turn(nowMs);
        var used = 0;
        for (var word = 0; word < Bits / 64; word++)
        {
            var together = 0UL;
            foreach (var slice in _slices)
            {
                together |= slice[word];
            }

            used += BitOperations.PopCount(together);
        }

        var free = Math.Max(Bits - used, 1);
        return (int)Math.Round(-Bits * Math.Log((double)free / Bits));
    }

    private void Turn(long nowMs)
    {
        var current = nowMs / (MinuteMs / Slices);
        for (_slice = Math.Max(_slice, current - Slices); _slice < current; )
        {
            _slice++;
            Array.Clear(_slices[_slice % Slices]);
        }
    }
}
