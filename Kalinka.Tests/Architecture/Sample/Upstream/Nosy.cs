using Kalinka.Tests.Architecture.Sample.Downstream;

namespace Kalinka.Tests.Architecture.Sample.Upstream;

/// <summary>Knows its neighbour in every way that metadata can tell.</summary>
internal sealed class Nosy : NosyBase
{
    public InField? Field = new();

    public static InSignature? Signature(InParameter parameter) => parameter is null ? null : new InSignature();

    public static int Body() => new List<InGenericArgument>().Count + InCall.Answer();

    public static Type Token() => typeof(InToken);

    [InAttribute]
    public static T? Constrained<T>()
        where T : class, IInConstraint => null;

    public static void Catch()
    {
        try
        {
            Body();
        }
        catch (InCatchException) { }
    }

    public static IEnumerable<int> Iterator()
    {
        yield return new InIterator().GetHashCode();
    }
}

/// <summary>Knows nobody.</summary>
internal sealed class Modest
{
    public int Own { get; init; }
}
