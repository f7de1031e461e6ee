namespace Kalinka.Common.Mqtt;

/// <summary>
/// Packet identifiers that are free, first in first out, so that one rests as long as possible before it is used again:
/// a broker's late second PUBACK then meets nothing. Not thread-safe.
/// </summary>
internal sealed class PacketIdentifiers
{
    private readonly ushort[] _free;
    private int _first;

    /// <param name="count">Identifiers 1 to this number; at most 65,535.</param>
    public PacketIdentifiers(int count)
    {
        _free = new ushort[count];
        for (var index = 0; index < count; index++)
        {
            _free[index] = (ushort)(index + 1);
        }

        Free = count;
    }

    public int Free { get; private set; }

    public bool TryTake(out ushort packetIdentifier)
    {
        packetIdentifier = 0;
        if (Free == 0)
        {
            return false;
        }

        packetIdentifier = _free[_first];
        _first = (_first + 1) % _free.Length;
        Free--;
        return true;
    }

    public void Return(ushort packetIdentifier)
    {
        _free[(_first + Free) % _free.Length] = packetIdentifier;
        Free++;
    }
}
