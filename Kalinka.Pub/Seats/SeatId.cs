using System.Globalization;

namespace Kalinka.Pub.Seats;

/// <summary>Seat n of a broker; written as its znode is, <c>broker/n</c>.</summary>
internal readonly record struct SeatId(string Broker, int Number) : IComparable<SeatId>
{
    /// <summary>By the broker's name, ordinal, then by number.</summary>
    public int CompareTo(SeatId other) =>
        string.CompareOrdinal(Broker, other.Broker) is var byName and not 0 ? byName : Number.CompareTo(other.Number);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Broker}/{Number}");
}
